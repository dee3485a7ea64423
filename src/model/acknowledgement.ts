/** Somebody looks after an alert: escalations say no more of it until it ends. Times are ms since the epoch. */
export interface Acknowledgement {
  /** Of the alert. */
  readonly fingerprint: string;
  readonly at: number;
  /** The alert that had begun by then is meant; one of the same labels that begins later is another. */
  readonly until: number;
  readonly by: string;
  readonly comment: string;
}
