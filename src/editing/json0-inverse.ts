/** What is needed of the type json0: ShareDB's, or the copy that a document of an application has. */
interface Json0<Component> {
  invert(op: Component[]): Component[];
  compose(one: Component[], other: Component[]): Component[];
  transform(op: Component[], by: Component[], side: 'left'): Component[];
}

interface AnyComponent {
  p: ReadonlyArray<string | number>;
}

/** The inverse of an edit after one more op of the edit. `inverse`: what undid it before; `[]` when there was none. */
export function prependInverse<Component>(
  json0: Json0<Component>,
  inverse: Component[],
  op: Component[],
): Component[] {
  return json0.compose(json0.invert(op), inverse);
}

/** The inverse of an edit after an op of a collaborator. */
export function transformInverse<Component>(
  json0: Json0<Component>,
  inverse: Component[],
  op: Component[],
): Component[] {
  return inverse.length === 0 ? inverse : json0.transform(inverse, op, 'left');
}

/** An inverse without the removal of files that a collaborator has written into. */
export function keepWrittenFiles<Component extends AnyComponent>(inverse: readonly Component[]): Component[] {
  return inverse.filter(
    (component) => !('od' in component) || component.p.length !== 2 || isEmpty(component.od),
  );
}

/** Edits create files empty and insert their text by further ops, which the inverse takes back first. */
function isEmpty(file: unknown): boolean {
  return typeof file === 'object' && file !== null && 'text' in file && file.text === '';
}
