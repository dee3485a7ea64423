/** The runner's own process for one job. */
const worker = /(^|[/\s])Runner\.Worker(\s|$)/;

/** Whether one of a container's command lines is that of a job. */
export function runsJob(processes: readonly string[]): boolean {
  return processes.some((line) => worker.test(line));
}
