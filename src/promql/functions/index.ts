import { convertFunctions } from './convert.ts';
import { dateFunctions } from './date.ts';
import type { PromqlFunction } from './function.ts';
import { histogramFunctions } from './histogram.ts';
import { labelFunctions } from './labels.ts';
import { mathFunctions } from './math.ts';
import { overTimeFunctions } from './over-time.ts';
import { presenceFunctions } from './presence.ts';
import { rateFunctions } from './rate.ts';
import { regressionFunctions } from './regression.ts';
import { sortFunctions } from './sort.ts';

/** Every function that the embedded engine knows, by its name. */
export const functions: ReadonlyMap<string, PromqlFunction> = new Map(
  [
    convertFunctions,
    dateFunctions,
    histogramFunctions,
    labelFunctions,
    mathFunctions,
    overTimeFunctions,
    presenceFunctions,
    rateFunctions,
    regressionFunctions,
    sortFunctions,
  ]
    .flat()
    .map((unit) => [unit.name, unit]),
);
