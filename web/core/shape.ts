// Reading JSON from outside: a shape looks at an unknown value and gives the typed one, or undefined when it does not fit.
// Fields a shape does not name are left out of what it gives.

export type Shape<T> = (value: unknown) => T | undefined;

type Known<F> = { [K in keyof F]: F[K] extends Shape<infer T> ? T : never };

export const text =
  (max = 32_768): Shape<string> =>
  (value) =>
    typeof value === 'string' && value.length <= max ? value : undefined;

export const number: Shape<number> = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

/** An integer from `min`, safe to count with, to `max`. */
export const integer =
  (min = 0, max = Number.MAX_SAFE_INTEGER): Shape<number> =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max ? (value as number) : undefined;

export const flag: Shape<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

export const oneOf =
  <T extends string>(...words: T[]): Shape<T> =>
  (value) =>
    words.find((word) => word === value);

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value) =>
    value === null ? null : shape(value);

/** A field that may be missing or null takes `missing`; one that is there must fit. */
export const or =
  <T, M>(shape: Shape<T>, missing: M): Shape<T | M> =>
  (value) =>
    value === undefined || value === null ? missing : shape(value);

export const list =
  <T>(shape: Shape<T>, max: number): Shape<T[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length > max) return undefined;
    const read = value.map(shape);
    return read.includes(undefined) ? undefined : (read as T[]);
  };

/** An object used as a table, at most `max` entries. */
export const table =
  <T>(shape: Shape<T>, max: number): Shape<Map<string, T>> =>
  (value) => {
    if (!isObject(value)) return undefined;
    const entries = Object.entries(value);
    if (entries.length > max) return undefined;
    const read = new Map<string, T>();
    for (const [name, entry] of entries) {
      const fitted = shape(entry);
      if (fitted === undefined) return undefined;
      read.set(name, fitted);
    }
    return read;
  };

export const object =
  <F extends Record<string, Shape<unknown>>>(fields: F): Shape<Known<F>> =>
  (value) => {
    if (!isObject(value)) return undefined;
    const read: Record<string, unknown> = {};
    for (const [name, shape] of Object.entries(fields)) {
      const fitted = shape(value[name]);
      if (fitted === undefined) return undefined;
      read[name] = fitted;
    }
    return read as Known<F>;
  };

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null when the text is not JSON. */
export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch {
    return null;
  }
}
