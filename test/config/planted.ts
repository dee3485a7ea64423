/** Secrets that fixtures hold, and that nothing may print. */
export const planted = ['ghs_plantedsecret', 'ghs_fromfile', 'ghs_fromenvironment'] as const;
