import { configDefaults, defineConfig } from 'vitest/config';

/** Told second by second beside real peers: what else runs then moves what is compared. */
const inRealTime = ['test/stories/**/*.test.ts'];
/** Killed at moments that come by real time: beside others fewer of them come, and more is in the middle of something. */
const killed = ['test/server/kill-points.test.ts'];
/** Whole machines that are broken in real time. */
const onMachines = ['test/scenarios/scenarios.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores are the floor that contributors and CI share; real services already use some of it.
    maxWorkers: 2,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...inRealTime, ...killed, ...onMachines],
        },
      },
      // After the others, when the machine is theirs alone.
      { extends: true, test: { name: 'stories', include: inRealTime, sequence: { groupOrder: 1 } } },
      { extends: true, test: { name: 'kills', include: killed, sequence: { groupOrder: 2 } } },
      { extends: true, test: { name: 'scenarios', include: onMachines, sequence: { groupOrder: 3 } } },
    ],
  },
});
