import { convertFunctions } from './convert.ts';
import type { PromqlFunction } from './function.ts';
import { mathFunctions } from './math.ts';
import { overTimeFunctions } from './over-time.ts';
import { presenceFunctions } from './presence.ts';
import { rateFunctions } from './rate.ts';

/** Every function that the embedded engine knows, by its name. */
export const functions: ReadonlyMap<string, PromqlFunction> = new Map(
  [convertFunctions, mathFunctions, overTimeFunctions, presenceFunctions, rateFunctions]
    .flat()
    .map((unit) => [unit.name, unit]),
);
