/** How the last polls of one repository went. Times are ms since the epoch. */
export interface RepositoryPoll {
  readonly success: boolean;
  /** When it last was asked, well or not. */
  readonly triedAt: number;
  /** When its queue was last read. */
  readonly readAt: number | undefined;
  /** When the runs that wait for an approval or for others were last read. */
  readonly heldReadAt: number | undefined;
  readonly omitted: number;
  /** When the jobs of its open runs were last asked for, by the run's id. */
  readonly askedAt: ReadonlyMap<number, number>;
}

/** What the queue's collector remembers from one poll to the next. */
export interface QueuePolls {
  readonly repositories: Map<string, RepositoryPoll>;
  /** The repositories of each organisation, and when they were listed. */
  readonly organizations: Map<string, { readonly at: number; readonly repositories: readonly string[] }>;
}

export function createQueuePolls(): QueuePolls {
  return { repositories: new Map(), organizations: new Map() };
}
