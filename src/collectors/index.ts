/** Add a collector: write its file, add one line here. */
export const collectors = {} as const;
