export * from './passport-authenticator.js'
export {
  runStrategy,
  type Strategy,
  type StrategyOutcome,
  type StrategyRequest,
  strategyRequest,
} from './run-strategy.js'
