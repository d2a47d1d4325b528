import { type AstNode, internals, isNode, nameOf, nodeClass, type NodeClass, type Token } from './nunjucks-internals.js'

const { lexer, parser } = internals

/** The items of `for x in items if cond`. */
export const FilteredItems = nodeClass('Node').extend('FilteredItems', { fields: ['arr', 'name', 'cond'] })
export const Slice = nodeClass('Node').extend('Slice', { fields: ['arr', 'start', 'stop', 'step'] })
export const Test = nodeClass('Node').extend('Test', { fields: ['left', 'testName', 'args'] })
export const Scope = nodeClass('Node').extend('Scope', { fields: ['body'] })
export const Evaluate = nodeClass('Node').extend('Evaluate', { fields: ['expr'] })

const make = (type: string | NodeClass, at: Token | AstNode, ...fields: unknown[]): AstNode =>
  new (typeof type === 'string' ? nodeClass(type) : type)(at.lineno, at.colno, ...fields)

/** nunjucks' parser, with the syntax of Jinja2 that it lacks. */
export class JinjaParser extends parser.Parser {
  override parseStatement(): AstNode | null {
    const tag = this.#peek()
    if (this.breakOnBlocks?.includes(tag.value) === true) return null
    if (tag.value === 'with') return this.#parseWith(tag)
    if (tag.value === 'do') return this.#parseDo(tag)
    return super.parseStatement()
  }

  #peek(): Token {
    return this.peekToken() ?? this.fail('unexpected end of file')
  }

  #isNext(type: `TOKEN_${string}`): boolean {
    return this.#peek().type === lexer[type]
  }

  #skip(type: `TOKEN_${string}`): boolean {
    return this.#isNext(type) && this.nextToken() !== null
  }

  /** `{% with a = 1, b = 2 %}…{% endwith %}` */
  #parseWith(tag: Token): AstNode {
    this.skipSymbol('with')
    const body = make('NodeList', tag)
    while (!this.#isNext('TOKEN_BLOCK_END')) {
      const name = this.parsePrimary()
      if (!this.skipValue('operator', '=')) this.fail('expected = in with tag', tag.lineno, tag.colno)
      body.children.push(make('Set', tag, [name], this.parseExpression()))
      this.#skip('TOKEN_COMMA')
    }
    this.advanceAfterBlockEnd('with')
    body.children.push(this.parseUntilBlocks('endwith'))
    this.advanceAfterBlockEnd()
    return make(Scope, tag, body)
  }

  /** `{% do list.append(x) %}` */
  #parseDo(tag: Token): AstNode {
    this.skipSymbol('do')
    const node = make(Evaluate, tag, this.parseExpression())
    this.advanceAfterBlockEnd('do')
    return node
  }

  /** Accepts `scoped` and `required`; blocks see the names around them in any case. */
  override parseBlock(): AstNode {
    const tag = this.#peek()
    this.skipSymbol('block')
    const name = this.parsePrimary(true)
    if (!isNode(name, 'Symbol')) this.fail('the name of a block is expected', tag.lineno, tag.colno)
    while (this.skipSymbol('scoped') || this.skipSymbol('required'));
    this.advanceAfterBlockEnd('block')
    const body = this.parseUntilBlocks('endblock')
    if (!this.skipSymbol('endblock')) this.fail('expected endblock', tag.lineno, tag.colno)
    this.skipSymbol(nameOf(name))
    this.advanceAfterBlockEnd('endblock')
    return make('Block', tag, name, body)
  }

  /** `for x in items if cond`, `for a, (b, c) in items`. */
  override parseFor(): AstNode {
    const tag = this.#peek()
    this.skipSymbol('for')
    const names = this.#parseLoopNames()
    if (!this.skipSymbol('in')) this.fail('expected "in" in for loop', tag.lineno, tag.colno)
    // Without the inline form of `if`: what follows the items is the loop's own condition.
    let items = this.parseOr()
    if (this.skipSymbol('if')) items = make(FilteredItems, tag, items, names, this.parseExpression())
    this.advanceAfterBlockEnd('for')
    const body = this.parseUntilBlocks('endfor', 'else')
    let otherwise: AstNode | null = null
    if (this.skipSymbol('else')) {
      this.advanceAfterBlockEnd('else')
      otherwise = this.parseUntilBlocks('endfor')
    }
    this.advanceAfterBlockEnd()
    return make('For', tag, items, names, body, otherwise)
  }

  #parseLoopNames(): AstNode {
    const first = this.parsePrimary()
    if (!this.#isNext('TOKEN_COMMA')) return first
    const names = make('Array', first, [first])
    while (this.#skip('TOKEN_COMMA')) names.children.push(this.parsePrimary())
    return names
  }

  /** `is name`, `is not name(args)`, `is name arg`. */
  override parseIs(): AstNode {
    let node = this.parseCompare()
    while (this.skipSymbol('is')) {
      const negated = this.skipSymbol('not')
      const name = this.#peek()
      this.nextToken()
      node = make(Test, name, node, name.value, this.#parseTestArguments())
      if (negated) node = make('Not', name, node)
    }
    return node
  }

  #parseTestArguments(): AstNode {
    const next = this.#peek()
    if (this.#isNext('TOKEN_LEFT_PAREN')) return this.parseSignature()
    const given =
      /^(string|int|float|none|boolean|left-bracket|left-curly)$/.test(next.type) ||
      (this.#isNext('TOKEN_SYMBOL') && !/^(and|or|if|else|is|not|in)$/.test(next.value))
    return make('NodeList', next, given ? [this.parseUnary(true)] : [])
  }

  /** As nunjucks has it, with slices. */
  override parsePostfix(start: AstNode): AstNode {
    let node = start
    for (let token = this.peekToken(); token !== null; token = this.peekToken()) {
      if (this.#isNext('TOKEN_LEFT_PAREN')) node = make('FunCall', token, node, this.parseSignature())
      else if (this.#isNext('TOKEN_LEFT_BRACKET')) node = this.#parseSubscript(node, token)
      else if (this.skipValue('operator', '.')) {
        const name = this.#peek()
        this.nextToken()
        const key = this.#isInteger(name) ? Number(name.value) : name.value
        node = make('LookupVal', token, node, make('Literal', name, key))
      } else break
    }
    return node
  }

  #isInteger(token: Token): boolean {
    return token.type === lexer['TOKEN_INT']
  }

  #parseSubscript(target: AstNode, bracket: Token): AstNode {
    this.nextToken()
    const parts: (AstNode | null)[] = [null]
    while (!this.#skip('TOKEN_RIGHT_BRACKET')) {
      if (this.#skip('TOKEN_COLON')) parts.push(null)
      else parts[parts.length - 1] = this.parseExpression()
    }
    if (parts.length > 1) return make(Slice, bracket, target, ...parts)
    if (parts[0] === null) this.fail('an index is expected in []', bracket.lineno, bracket.colno)
    return make('LookupVal', bracket, target, parts[0])
  }

  /** Lists, tuples and dicts; a comma may stand after the last item. */
  override parseAggregate(): AstNode {
    const open = this.#peek()
    this.nextToken()
    if (open.type === lexer['TOKEN_LEFT_CURLY']) return this.#parseDict(open)
    const isList = open.type === lexer['TOKEN_LEFT_BRACKET']
    if (!isList && open.type !== lexer['TOKEN_LEFT_PAREN']) {
      this.fail(`unexpected ${open.value}`, open.lineno, open.colno)
    }
    const items: AstNode[] = []
    let commas = 0
    while (!this.#skip(isList ? 'TOKEN_RIGHT_BRACKET' : 'TOKEN_RIGHT_PAREN')) {
      if (items.length > commas) this.fail('expected a comma', open.lineno, open.colno)
      items.push(this.parseExpression())
      if (this.#skip('TOKEN_COMMA')) commas++
    }
    const isTuple = items.length !== 1 || commas > 0
    return make(isList || isTuple ? 'Array' : 'Group', open, items)
  }

  #parseDict(open: Token): AstNode {
    const pairs: AstNode[] = []
    while (!this.#skip('TOKEN_RIGHT_CURLY')) {
      const key = this.parsePrimary()
      if (!this.#skip('TOKEN_COLON')) this.fail('expected a colon after the key', open.lineno, open.colno)
      pairs.push(make('Pair', open, key, this.parseExpression()))
      this.#skip('TOKEN_COMMA')
    }
    return make('Dict', open, pairs)
  }
}
