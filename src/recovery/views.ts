/** Whether a source is asked at all, and whether it answers: what is missing must never read as bad. */
export type SourceView = 'off' | 'answering' | 'failing';

/** How the sources fare. Times are ms since the epoch; undefined where they were not read to the end. */
export interface Views {
  readonly docker: SourceView;
  readonly github: SourceView;
  /** Those whose runners GitHub is asked for. */
  readonly scopes: ReadonlySet<string>;
  /** When Docker told all containers. */
  readonly dockerAt: number | undefined;
  /** When Docker told them again for the first time after it had not; undefined where it always has. */
  readonly dockerAgainAt?: number | undefined;
  /** When the host was looked at. */
  readonly hostAt: number | undefined;
  /** When the way to GitHub was tried. */
  readonly pathAt: number | undefined;
}
