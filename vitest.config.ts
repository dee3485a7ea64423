import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Whole stacks, and what is told or killed second by second: what else runs then moves what they see, and two of them
 * at once take longer than one after the other.
 */
const alone = [
  'test/compose/{everything,firewall,full-disk,healing,hostile,networks,overlays}.test.ts',
  'test/compose/{reboot,reboot-stack,runner-life,runnerwatch-container,scaling,update}.test.ts',
  'test/net/icmp.test.ts',
  'test/server/kill-points.test.ts',
  'test/shipped/{compose-overlays,deploy-homeassistant}.test.ts',
  'test/stories/**/*.test.ts',
  'test/story/**/*.test.ts',
];

/** Machines that are broken in real time, one fault of each kind: `npm run scenarios` has all of them, and takes half an hour. */
const onMachines = ['test/scenarios/scenarios.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...alone, ...onMachines],
          // Two cores are the floor that contributors and CI share; real services already use some of it.
          maxWorkers: 2,
        },
      },
      { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
      { extends: true, test: { name: 'scenarios', include: onMachines, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
