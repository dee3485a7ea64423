/** One step of the schema. Steps are only ever added; one that was released is never edited. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}
