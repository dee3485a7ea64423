import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores are the floor that contributors and CI share; real services already use some of it.
    maxWorkers: 2,
    restoreMocks: true,
  },
});
