export { URLTrie } from '../dist/url-trie.js'
