import type { HeaderMatch, HttpModule } from './http-module.ts';

/** The fault of a status, or undefined. By default every 2xx will do. */
export function statusFault(status: number, { valid_status_codes: valid }: HttpModule): string | undefined {
  const isValid = valid.length > 0 ? valid.includes(status) : status >= 200 && status < 300;
  return isValid ? undefined : `status ${status} is not valid`;
}

export function versionFault(version: string, { valid_http_versions: valid }: HttpModule): string | undefined {
  return valid.length === 0 || valid.includes(version) ? undefined : `version ${version} is not valid`;
}

/** `headers` has every value of each header, by its name in lower case. */
export function headerFault(headers: NodeJS.Dict<string[]>, module: HttpModule): string | undefined {
  const wrong = (rule: HeaderMatch, matching: boolean): boolean => {
    const values = headers[rule.header.toLowerCase()] ?? [];
    if (values.length === 0) return !rule.allow_missing;
    const some = values.some((value) => rule.regexp.find(value) !== undefined);
    return matching ? some : !some;
  };
  const present = module.fail_if_header_matches.find((rule) => wrong(rule, true));
  if (present) return `header ${present.header} matches ${present.regexp.source}, or is missing`;
  const absent = module.fail_if_header_not_matches.find((rule) => wrong(rule, false));
  return absent && `header ${absent.header} does not match ${absent.regexp.source}`;
}

export function bodyFault(text: string, module: HttpModule): string | undefined {
  const present = module.fail_if_body_matches_regexp.find((pattern) => pattern.find(text) !== undefined);
  if (present) return `the body matches ${present.source}`;
  const absent = module.fail_if_body_not_matches_regexp.find((pattern) => pattern.find(text) === undefined);
  return absent && `the body does not match ${absent.source}`;
}

export function sslFault(isTls: boolean, module: HttpModule): string | undefined {
  if (isTls && module.fail_if_ssl) return 'the final request was over TLS';
  return !isTls && module.fail_if_not_ssl ? 'the final request was not over TLS' : undefined;
}

export function checksHeaders({ fail_if_header_matches, fail_if_header_not_matches }: HttpModule): boolean {
  return fail_if_header_matches.length + fail_if_header_not_matches.length > 0;
}

export function checksBody({ fail_if_body_matches_regexp, fail_if_body_not_matches_regexp }: HttpModule): boolean {
  return fail_if_body_matches_regexp.length + fail_if_body_not_matches_regexp.length > 0;
}
