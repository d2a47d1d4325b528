import { JinjaParser } from './jinja-parser.js'
import { type AstNode, type Frame, internals, isNode, nameOf } from './nunjucks-internals.js'

const { compiler, lexer } = internals

/** Fields of the node types that {@link JinjaParser} adds. */
type ExtraNode = AstNode & {
  readonly testName: string
  readonly start: AstNode | null
  readonly stop: AstNode | null
  readonly step: AstNode | null
}

/** nunjucks' compiler, with Python's rules for truth, operators, tests and assignment. */
class JinjaCompiler extends compiler.Compiler {
  #block: string | undefined

  /** Expressions may be of the parser's own node types as well. */
  override assertType(): void {}

  override _emitFuncBegin(node: AstNode, name: string): void {
    super._emitFuncBegin(node, name)
    this._emitLine('runtime = env.runtime;')
    this.#block = name.startsWith('b_') ? name : undefined
  }

  #call(name: string, frame: Frame, ...args: (AstNode | string)[]): void {
    this._emit(`runtime.${name}(`)
    args.forEach((arg, i) => {
      if (i > 0) this._emit(',')
      if (typeof arg === 'string') this._emit(arg)
      else this._compileExpression(arg, frame)
    })
    this._emit(')')
  }

  compileIf(node: AstNode, frame: Frame): void {
    this._emit('if(')
    this.#call('truthy', frame, node.cond)
    this._emitLine(') {')
    this._withScopedSyntax(() => this.compile(node.body, frame))
    if (node.else_ !== null) {
      const otherwise = node.else_
      this._emitLine('} else {')
      this._withScopedSyntax(() => this.compile(otherwise, frame))
    }
    this._emitLine('}')
  }

  compileInlineIf(node: AstNode, frame: Frame): void {
    this._emit('(')
    this.#call('truthy', frame, node.cond)
    this._emit('?')
    this.compile(node.body, frame)
    this._emit(':')
    if (node.else_ === null) this._emit('undefined')
    else this.compile(node.else_, frame)
    this._emit(')')
  }

  compileNot(node: AstNode, frame: Frame): void {
    this._emit('!')
    this.#call('truthy', frame, node.target)
  }

  compileOr(node: AstNode, frame: Frame): void {
    this.#shortCircuit(node, frame, (left) => `runtime.truthy(${left}) ? ${left} : `)
  }

  compileAnd(node: AstNode, frame: Frame): void {
    this.#shortCircuit(node, frame, (left) => `!runtime.truthy(${left}) ? ${left} : `)
  }

  #shortCircuit(node: AstNode, frame: Frame, write: (left: string) => string): void {
    const left = this._tmpid()
    this._emit(`((${left}) => (${write(left)}`)
    this.compile(node.right, frame)
    this._emit('))(')
    this.compile(node.left, frame)
    this._emit(')')
  }

  compileAdd = this.#binary('add')
  compileConcat = this.#binary('concat')
  compileMul = this.#binary('multiply')
  compileMod = this.#binary('mod')

  #binary(name: string) {
    return (node: AstNode, frame: Frame): void => this.#call(name, frame, node.left, node.right)
  }

  compileIn(node: AstNode, frame: Frame): void {
    this.#call('contains', frame, node.right, node.left)
  }

  compileCompare(node: AstNode, frame: Frame): void {
    const rest = node.ops.flatMap((operand) => [JSON.stringify(operand.type), operand.expr])
    this.#call('compare', frame, node.expr, ...rest)
  }

  compileTest(node: ExtraNode, frame: Frame): void {
    this._emit(`runtime.truthy(env.getTest(${JSON.stringify(node.testName)}).call(context,`)
    this._compileExpression(node.left, frame)
    for (const arg of node.args.children) {
      this._emit(',')
      this._compileExpression(arg, frame)
    }
    this._emit('))')
  }

  compileSlice(node: ExtraNode, frame: Frame): void {
    this.#call('slice', frame, node.arr, node.start ?? 'null', node.stop ?? 'null', node.step ?? 'null')
  }

  compileFilteredItems(node: AstNode, frame: Frame): void {
    const item = this._tmpid()
    const inner = frame.push()
    this._emit('((frame) => runtime.filterItems(')
    this._compileExpression(node.arr, frame)
    this._emit(`, (${item}) => {`)
    this.#bindNames(node.name, item, inner)
    this._emit('return ')
    this.compile(node.cond, inner)
    this._emit(';}))(frame.push())')
  }

  /** Gives the names of a loop, possibly nested, their values of one round. */
  #bindNames(names: AstNode, from: string, frame: Frame): void {
    if (isNode(names, 'Symbol')) {
      const name = nameOf(names)
      frame.set(name, from)
      this._emitLine(`frame.set(${JSON.stringify(name)}, ${from});`)
      return
    }
    const items = this._tmpid()
    this._emitLine(`var ${items} = runtime.unpack(${from}, ${names.children.length});`)
    names.children.forEach((child, i) => {
      const item = this._tmpid()
      this._emitLine(`var ${item} = ${items}[${i}];`)
      this.#bindNames(child, item, frame)
    })
  }

  compileFor(node: AstNode, outer: Frame): void {
    const [items, index, item] = [this._tmpid(), this._tmpid(), this._tmpid()]
    const frame = outer.push()
    this._emitLine('frame = frame.push();')
    this._emit(`var ${items} = runtime.iterate(`)
    this._compileExpression(node.arr, outer)
    this._emitLine(');')
    this._emitLine(`for(var ${index} = 0; ${index} < ${items}.length; ${index}++) {`)
    this._emitLine(`var ${item} = ${items}[${index}];`)
    this.#bindNames(node.name, item, frame)
    this._emitLine(`frame.set("loop", runtime.loopState(${items}, ${index}));`)
    this._withScopedSyntax(() => this.compile(node.body, frame))
    this._emitLine('}')
    this._emitLine('frame = frame.pop();')
    if (node.else_ === null) return
    this._emitLine(`if(${items}.length === 0) {`)
    this.compile(node.else_, outer)
    this._emitLine('}')
  }

  /** What stands between `{% set x %}` and `{% endset %}` has been escaped already. */
  override compileCapture(node: AstNode, frame: Frame): void {
    this._emit('runtime.safe(')
    super.compileCapture(node, frame)
    this._emit(')')
  }

  /** A scope of its own: what is set inside ends with it. */
  compileScope(node: AstNode, frame: Frame): void {
    this._emitLine('frame = frame.push(true);')
    this._withScopedSyntax(() => this.compile(node.body, frame.push(true)))
    this._emitLine('frame = frame.pop();')
  }

  compileEvaluate(node: AstNode, frame: Frame): void {
    this._compileExpression(node.expr, frame)
    this._emitLine(';')
  }

  /** Adds `{% set ns.x = … %}` and `{% set a, b = pair %}`. */
  override compileSet(node: AstNode, frame: Frame): void {
    const [first] = node.targets
    if (first === undefined || (node.targets.length === 1 && isNode(first, 'Symbol'))) {
      super.compileSet(node, frame)
      return
    }
    const value = this._tmpid()
    this._emit(`var ${value} = `)
    // One of the two is there: an expression, or the text between set and endset.
    this.compile((node.value ?? node.body) as AstNode, frame)
    this._emitLine(';')
    if (node.targets.length === 1) {
      this.#call('assignMember', frame, first.target, first.val, value)
      this._emitLine(';')
      return
    }
    this._emitLine(`${value} = runtime.unpack(${value}, ${node.targets.length});`)
    node.targets.forEach((target, i) => {
      const name = JSON.stringify(nameOf(target))
      this._emitLine(`frame.set(${name}, ${value}[${i}], true);`)
      this._emitLine(`if(frame.topLevel) context.setVariable(${name}, ${value}[${i}]);`)
    })
  }

  /** `super()` is a call like any other, so it may stand in filters and nested blocks. */
  override compileFunCall(node: AstNode, frame: Frame): void {
    const isSuper = isNode(node.name, 'Symbol') && nameOf(node.name) === 'super'
    if (!isSuper || this.#block === undefined) {
      super.compileFunCall(node, frame)
      return
    }
    this._emit(`runtime.superBlock(env, context, ${JSON.stringify(this.#block.slice(2))}, ${this.#block}, frame)`)
  }
}

/** How tags are written, as Jinja2's environment options have it. */
export interface JinjaSyntax {
  readonly trimBlocks?: boolean
  readonly lstripBlocks?: boolean
  readonly tags?: Readonly<Record<string, string>>
}

/**
 * Translates a template into the functions nunjucks renders with.
 *
 * @throws when the template is malformed
 */
export function compileJinja(source: string, path: string, syntax: JinjaSyntax): object {
  const template = new JinjaParser(lexer.lex(source, syntax)).parseAsRoot()
  const output = new JinjaCompiler(path, false)
  output.compile(template)
  // Templates are programs of the administrator; compiling them to functions is what makes rendering fast.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function(output.getCode())() as object // the code ends in `return { root, b_… }`
}
