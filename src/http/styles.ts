/** Served as a file of its own, so that the content security policy needs no exception. */
export const styles = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: 0 2rem; align-items: baseline; justify-content: space-between; }
nav a { margin-right: 1rem; }
section { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
tbody th { font-weight: 600; white-space: nowrap; }
.good { color: light-dark(#116329, #56d364); }
.bad { color: light-dark(#a40e26, #ff7b72); font-weight: 600; }
.neutral { color: light-dark(#57606a, #9ea7b3); }
time { white-space: nowrap; }
footer { margin-top: 2rem; color: light-dark(#57606a, #9ea7b3); }
`;
