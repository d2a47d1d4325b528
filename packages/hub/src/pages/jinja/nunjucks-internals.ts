import nunjucks from 'nunjucks'

/** A token of a template tag. */
export interface Token {
  readonly type: string
  readonly value: string
  readonly lineno: number
  readonly colno: number
}

/** A node of a parsed template; which of the fields exist depends on its type. */
export interface AstNode {
  readonly typename: string
  readonly lineno: number
  readonly colno: number
  children: AstNode[]
  name: AstNode
  value: AstNode | string | number | boolean | null
  body: AstNode
  arr: AstNode
  else_: AstNode | null
  cond: AstNode
  left: AstNode
  right: AstNode
  target: AstNode
  targets: AstNode[]
  val: AstNode
  args: AstNode
  expr: AstNode
  ops: (AstNode & { readonly type: string })[]
  key: AstNode
  template: AstNode
  ignoreMissing?: boolean
}

export type NodeClass = (new (lineno?: number, colno?: number, ...fields: unknown[]) => AstNode) & {
  extend(name: string, members: { fields: readonly string[] }): NodeClass
}

/** Names known while compiling, or their values while rendering. */
export interface Frame {
  readonly parent: Frame | undefined
  topLevel: boolean
  lookup(name: string): unknown
  set(name: string, value: unknown, resolveUp?: boolean): void
  push(isolateWrites?: boolean): Frame
  pop(): Frame
}

export interface ParserBase {
  readonly breakOnBlocks: readonly string[] | null
  dropLeadingWhitespace: boolean
  nextToken(): Token | null
  peekToken(): Token | null
  pushToken(token: Token): void
  skip(type: string): boolean
  skipSymbol(value: string): boolean
  skipValue(type: string, value: string): boolean
  fail(message: string, lineno?: number, colno?: number): never
  advanceAfterBlockEnd(name?: string): Token
  parseUntilBlocks(...names: string[]): AstNode
  parseStatement(): AstNode | null
  parseExpression(): AstNode
  parseOr(): AstNode
  parseCompare(): AstNode
  parseUnary(noFilters?: boolean): AstNode
  parsePrimary(noPostfix?: boolean): AstNode
  parsePostfix(node: AstNode): AstNode
  parseSignature(tolerant?: boolean, noParens?: boolean): AstNode
  parseAggregate(): AstNode
  parseBlock(): AstNode
  parseFor(): AstNode
  parseIs(): AstNode
  parseAsRoot(): AstNode
}

export interface CompilerBase {
  buffer: string | null
  compile(node: AstNode, frame?: Frame): void
  fail(message: string, lineno?: number, colno?: number): never
  getCode(): string
  assertType(node: AstNode, ...types: NodeClass[]): void
  _emit(code: string): void
  _emitLine(code: string): void
  _emitFuncBegin(node: AstNode, name: string): void
  _compileExpression(node: AstNode, frame: Frame): void
  _tmpid(): string
  _withScopedSyntax(write: () => void): void
  compileFunCall(node: AstNode, frame: Frame): void
  compileSet(node: AstNode, frame: Frame): void
  compileCapture(node: AstNode, frame: Frame): void
}

/** Text that is HTML already and is not escaped again. */
export interface SafeString {
  readonly length: number
  toString(): string
}

export interface BaseRuntime {
  readonly Frame: new () => Frame
  readonly SafeString: new (text: string) => SafeString
  makeMacro(positional: readonly string[], keywords: readonly string[], run: (...args: never[]) => unknown): unknown
  contextOrFrameLookup(context: RenderContext, frame: Frame, name: string): unknown
  callWrap(callee: unknown, name: string, context: RenderContext, args: readonly unknown[]): unknown
}

/** Renders one block of a template: calls back at once, for nothing in a rendering waits. */
export type BlockFunction = (
  env: unknown,
  context: RenderContext,
  frame: Frame,
  runtime: unknown,
  done: (error: unknown, html?: string) => void,
) => void

export interface RenderContext {
  readonly blocks: Readonly<Record<string, readonly BlockFunction[]>>
  lookup(name: string): unknown
  getVariables(): Record<string, unknown>
}

export interface CompiledTemplate {
  compile(): void
  render(variables: object, parentFrame?: Frame | null): string
}

export interface EnvironmentBase {
  readonly opts: { readonly autoescape: boolean; readonly throwOnUndefined: boolean }
  readonly globals: Record<string, unknown>
  filters: Record<string, (...args: never[]) => unknown>
  tests: Record<string, (...args: never[]) => unknown>
}

interface Internals {
  readonly Environment: new (loaders: readonly never[], options: object) => EnvironmentBase
  readonly Template: new (
    source: { readonly type: 'code'; readonly obj: object },
    env: EnvironmentBase,
    path: string,
    eagerCompile: boolean,
  ) => CompiledTemplate
  readonly parser: { readonly Parser: new (tokens: unknown) => ParserBase }
  readonly compiler: { readonly Compiler: new (name: string, throwOnUndefined: boolean) => CompilerBase }
  readonly lexer: { lex(source: string, options: object): unknown; readonly [constant: `TOKEN_${string}`]: string }
  readonly nodes: Readonly<Record<string, NodeClass>>
  readonly runtime: BaseRuntime
}

/**
 * The parts of nunjucks that the Jinja dialect builds on.
 * Cast: `@types/nunjucks` describes what templates' authors call, not parser, compiler and runtime, which are exported too.
 */
export const internals = nunjucks as unknown as Internals

/** @throws when nunjucks has no node type of that name */
export function nodeClass(name: string): NodeClass {
  const found = internals.nodes[name]
  if (found === undefined) throw new Error(`nunjucks has no ${name} node`)
  return found
}

/** The name that a symbol, or a literal, stands for. */
export const nameOf = (node: AstNode): string => (typeof node.value === 'object' ? '' : String(node.value))

export const isNode = (node: unknown, name: string): boolean => node instanceof nodeClass(name)
