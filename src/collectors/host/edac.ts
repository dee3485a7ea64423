import { counter } from '../../model/sample.ts';
import { type Attribute, samplesOfAttributes } from './attributes.ts';
import { byName, type HostPart, type HostTree } from './part.ts';

const inController = ['controller'] as const;
const inRow = ['controller', 'csrow'] as const;
const correctable = counter('node_edac_correctable_errors_total', 'Memory errors that were corrected.', inController);
const uncorrectable = counter('node_edac_uncorrectable_errors_total', 'Memory errors beyond correction.', inController);
const rowCorrectable = counter('node_edac_csrow_correctable_errors_total', 'Those corrected in a row of chips.', inRow);
const rowUncorrectable = counter(
  'node_edac_csrow_uncorrectable_errors_total',
  'Those beyond it in a row of chips.',
  inRow,
);

const ofController: readonly Attribute<'controller'>[] = [
  { file: 'ce_count', metric: correctable },
  { file: 'ue_count', metric: uncorrectable },
];
/** Errors of which the controller does not know the row. */
const ofNoRow: readonly Attribute<'controller' | 'csrow'>[] = [
  { file: 'ce_noinfo_count', metric: rowCorrectable },
  { file: 'ue_noinfo_count', metric: rowUncorrectable },
];
const ofRow: readonly Attribute<'controller' | 'csrow'>[] = [
  { file: 'ce_count', metric: rowCorrectable },
  { file: 'ue_count', metric: rowUncorrectable },
];

const folder = 'devices/system/edac/mc';

export const edac: HostPart = {
  name: 'edac',
  metrics: byName([correctable, uncorrectable, rowCorrectable, rowUncorrectable]),
  async collect({ sys }) {
    return controllersOf(sys).flatMap((controller) => {
      const path = `${folder}/mc${controller}`;
      const files = sys.attributes(
        path,
        [...ofController, ...ofNoRow].map(({ file }) => file),
      );
      const rows = numbered(sys.list(path), 'csrow');
      return [
        ...samplesOfAttributes(ofController, files, { controller }),
        ...samplesOfAttributes(ofNoRow, files, { controller, csrow: 'unknown' }),
        ...rows.flatMap((csrow) =>
          samplesOfAttributes(ofRow, sys.attributes(`${path}/csrow${csrow}`, ['ce_count', 'ue_count']), {
            controller,
            csrow,
          }),
        ),
      ];
    });
  },
};

/** Most hosts have no controller that reports; that is an answer too, as node_exporter sees it. */
function controllersOf(sys: HostTree): readonly string[] {
  try {
    return numbered(sys.list(folder), 'mc');
  } catch {
    return [];
  }
}

function numbered(names: readonly string[], prefix: string): readonly string[] {
  return names
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => /^\d+$/.exec(name.slice(prefix.length))?.[0] ?? []);
}
