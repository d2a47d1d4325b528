export { stringToPath, trimPrefix, URLTrie } from '../dist/url-trie.js'
