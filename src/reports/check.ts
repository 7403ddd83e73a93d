/** A value is not what it should be; `path` says where, such as `results[3].bars[0].verdict`. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';

  constructor(
    readonly path: string,
    expected: string,
    found: unknown,
  ) {
    super(`${path || 'the document'}: expected ${expected}, found ${shown(found)}`);
  }
}

/** Returns when `value` is as it should be. @throws ShapeError */
export type Check = (value: unknown, path: string) => void;

const of =
  (expected: string, holds: (value: unknown) => boolean): Check =>
  (value, path) => {
    if (!holds(value)) throw new ShapeError(path, expected, value);
  };

export const text = of('text', (value) => typeof value === 'string');
export const flag = of('true or false', (value) => typeof value === 'boolean');
export const number = of('a number', (value) => typeof value === 'number');
export const whole = of('a whole number from 0 up', (value) => Number.isSafeInteger(value) && (value as number) >= 0);

export const oneOf = (...words: readonly (string | number | boolean)[]): Check =>
  of(`one of ${words.join(', ')}`, (value) => words.some((word) => word === value));

export const orNull =
  (check: Check): Check =>
  (value, path) => {
    if (value !== null) check(value, path);
  };

/** Absent, or as it should be. */
export const optional =
  (check: Check): Check =>
  (value, path) => {
    if (value !== undefined) check(value, path);
  };

export const list =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) throw new ShapeError(path, 'a list', value);
    for (let i = 0; i < value.length; i++) check(value[i], `${path}[${i}]`);
  };

/** Any names, each with such a value. */
export const record =
  (check: Check): Check =>
  (value, path) => {
    for (const [name, each] of Object.entries(asObject(value, path))) check(each, `${path}.${name}`);
  };

/** These members; others are let through, so that newer files stay readable. */
export const shape =
  (members: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    const found = asObject(value, path);
    for (const [name, check] of Object.entries(members)) check(found[name], path === '' ? name : `${path}.${name}`);
  };

/** One of several shapes, told apart by their `kind`. */
export const byKind =
  (kinds: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    const { kind } = asObject(value, path);
    oneOf(...Object.keys(kinds))(kind, `${path}.kind`);
    kinds[kind as string]!(value, path);
  };

function asObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ShapeError(path, 'an object', value);
  return value as Readonly<Record<string, unknown>>;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value);
  return json.length > 40 ? `${json.slice(0, 40)}…` : json;
}
