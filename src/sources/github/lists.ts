import type { z } from 'zod';
import type { GithubScope } from '../../model/runner.ts';
import type { Call } from './endpoints.ts';
import { GithubError } from './github-error.ts';

/** What to read, and as whom. */
export interface Read<T> {
  readonly call: Call;
  /** Whose credential reads it. */
  readonly scope: GithubScope;
  /** For messages: `the runners of o/r`. */
  readonly what: string;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
}

/** One page of a list. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** How many there are on all pages, where that can be relied on. */
  readonly total?: number;
}

export interface Page<T> {
  readonly value: T;
  /** What was kept of it before, which may be the same. */
  readonly before: T | undefined;
  /** The query of the page after it. */
  readonly next: string | undefined;
}

export interface Lists {
  /** All pages up to the bound: `more` where it cut them off. A page that fails fails the list. */
  pages<T extends Identified>(read: Read<Listed<T>>, maxPages: number): Promise<Pages<T>>;
  /**
   * The same, as one picture: what leaves a list while it is read moves others onto a page that was read before, and
   * they would be missing. Such a list is read again; one that does not come to rest fails.
   */
  steady<T extends Identified>(read: Read<Listed<T>>, maxPages: number): Promise<Pages<T>>;
}

interface Identified {
  readonly id: number;
}

interface Pages<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

/** Whether the page before this one is still as it was read. */
type IsSteady = <T extends Identified>(
  previous: Read<Listed<T>>,
  was: Listed<T>,
  after: Page<Listed<T>>,
) => Promise<boolean>;

const fullPage = 100;
/** How often a list that changes meanwhile is read. */
const maxAttempts = 3;

/** Lists over several pages, read through `page`. */
export function createLists(page: <T>(read: Read<T>) => Promise<Page<T>>): Lists {
  /** `moved` where a page did not stay as it was while the next was read. */
  async function walk<T extends Identified>(
    first: Read<Listed<T>>,
    maxPages: number,
    isSteady: IsSteady,
  ): Promise<Pages<T> & { readonly moved: boolean }> {
    const found = new Map<number, T>();
    let read = first;
    let previous: { readonly read: typeof read; readonly value: Listed<T> } | undefined;
    for (let count = 1; ; count++) {
      const got = await page(read);
      if (previous && !(await isSteady(previous.read, previous.value, got))) {
        return { items: [], more: false, moved: true };
      }
      // What is new meanwhile moves others onto the next page: each counts once.
      for (const item of got.value.items) found.set(item.id, item);
      checkWhole(got, found.size, read.what);
      if (got.next === undefined || count === maxPages) {
        return { items: [...found.values()], more: got.next !== undefined, moved: false };
      }
      previous = { read, value: got.value };
      read = { ...read, call: { ...read.call, query: got.next } };
    }
  }

  /** Asking again costs nothing where nothing changed. */
  const isStill: IsSteady = async (previous, was) => hasSameIds(was, (await page(previous)).value);

  /** Nothing moved where the page after it has those that it had at the last poll: few polls ask again. */
  const isCalm: IsSteady = async (previous, was, after) => {
    const keptItsOwn = after.before && hasSameIds(after.before, after.value) && was.total === after.value.total;
    return keptItsOwn || isStill(previous, was, after);
  };

  return {
    pages: (read, maxPages) => walk(read, maxPages, async () => true),
    async steady(read, maxPages) {
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const found = await walk(read, maxPages, attempt === 1 ? isCalm : isStill);
        if (!found.moved) return found;
      }
      const message = `${read.what} changed each of the ${maxAttempts} times that they were read: too often for one picture`;
      throw new GithubError('malformed', message);
    },
  };
}

function hasSameIds(one: Listed<Identified>, other: Listed<Identified>): boolean {
  return one.items.length === other.items.length && one.items.every(({ id }, index) => id === other.items[index]?.id);
}

/** A part of a list would read as if the rest had gone. */
function checkWhole({ value: { items, total }, next }: Page<Listed<unknown>>, seen: number, what: string): void {
  if (next !== undefined || items.length < fullPage || total === undefined || seen >= total) return;
  const message = `GitHub has ${total} of ${what}, and gave ${seen} without a link to more: does a proxy drop it?`;
  throw new GithubError('malformed', message);
}
