/**
 * The floors of the house, ground up. A file imports its own room or a floor below, never above and never a
 * neighbour on the same floor; `server.ts` alone joins them.
 */
const floors = [
  { rooms: ['model'], why: 'Domain types know nothing: no I/O, no library, no node.' },
  { rooms: ['lib'], why: 'lib is the ground floor; it knows no domain but the model.' },
  { rooms: ['sources', 'state', 'samples'], why: 'A source fetches, a store keeps; neither knows who asks.' },
  { rooms: ['collectors', 'promql'], why: 'Data flows one way: collectors start it, promql only reads it.' },
  { rooms: ['alerts'], why: 'Alerts see samples and ports, never where they come from.' },
  { rooms: ['backup'], why: 'A backup knows what it keeps, not who restores it.' },
  {
    rooms: ['recovery', 'broker', 'http'],
    why: 'Recovery is told, the broker is asked, http answers; all are wired, none wires.',
  },
  { rooms: ['config'], why: 'Configuration composes the schemas of the units below it.' },
  { rooms: ['server'], why: 'Pieces of the composition root: only src/server.ts puts them together.' },
  { rooms: ['commands'], why: 'A command reads its arguments and prints; what it starts is handed to it.' },
];

/** One rule per room: everything above it, and its neighbours, are out of reach. */
function roomRules() {
  return floors.flatMap(({ rooms, why }, height) =>
    rooms.map((room) => {
      const forbidden = [
        ...rooms.filter((neighbour) => neighbour !== room),
        ...floors.slice(height + 1).flatMap((floor) => floor.rooms),
      ].map((name) => `${name}/`);
      return {
        name: `${room}-looks-down`,
        severity: 'error',
        comment: why,
        from: { path: `^src/${room}/` },
        to: { path: `^src/(${[...forbidden, 'web/', '[^/]+[.]ts$'].join('|')})` },
      };
    }),
  );
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...roomRules(),
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle has no first file to read.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'model-imports-nothing',
      severity: 'error',
      comment: 'The model is pure: no package and no node module.',
      from: { path: '^src/model/' },
      to: { pathNot: '^src/model/' },
    },
    {
      name: 'units-are-islands',
      severity: 'error',
      comment: 'A unit imports its contract and its own helpers, never a sibling; the index alone lists them.',
      from: { path: '^src/(alerts/receivers|alerts/relays|recovery/actions)/([^/]+)[.]ts$', pathNot: '/index[.]ts$' },
      to: { path: '^src/$1/', pathNot: '/(receiver|relay|action)[.]ts$' },
    },
    {
      name: 'io-only-at-the-edge',
      severity: 'error',
      comment: 'Sockets, files and processes are reached through a source, the state or lib.',
      from: { path: '^src/(collectors|promql|alerts|recovery|samples)/' },
      to: { path: '^(node:)?(fs|net|http|https|dgram|dns|tls|child_process|fs/promises|timers)(/|$)' },
    },
    {
      name: 'only-cli-starts-the-server',
      severity: 'error',
      comment: 'One composition root, and one way to it.',
      from: { path: '^src/', pathNot: '^src/cli[.]ts$' },
      to: { path: '^src/server[.]ts$' },
    },
    {
      name: 'src-never-imports-test',
      severity: 'error',
      comment: 'What ships does not know how it is tested.',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench)/' },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'An import that resolves to nothing hides from every other rule.',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
