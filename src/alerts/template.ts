/** A text with actions in it, parsed at load. */
export interface Template {
  readonly text: string;
}
