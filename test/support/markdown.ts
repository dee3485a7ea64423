/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(text: string): readonly string[] {
  const titles = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title.toLowerCase());
  return titles.map((title) => title.replaceAll(/[^\w -]/g, '').replaceAll(' ', '-'));
}
