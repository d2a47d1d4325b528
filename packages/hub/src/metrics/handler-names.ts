/** Who answered a request: an endpoint of the API by its name, a page by its first path, or nobody in particular. */
export interface Handled {
  readonly by: string | undefined
  readonly path: string
  readonly hubPrefix: string
}

const api = 'jupyterhub.apihandlers'
const pages = 'jupyterhub.handlers'

/** Dashboards filter by upstream's class paths, so what answers here goes by the name of what answers there. */
const names: Readonly<Record<string, string>> = {
  getVersion: `${api}.hub.RootAPIHandler`,
  getOpenApi: `${api}.hub.OpenAPIHandler`,
  getInfo: `${api}.hub.InfoAPIHandler`,
  shutdownHub: `${api}.hub.ShutdownAPIHandler`,
  whoami: `${api}.users.SelfAPIHandler`,
  listUsers: `${api}.users.UserListAPIHandler`,
  createUsers: `${api}.users.UserListAPIHandler`,
  getUser: `${api}.users.UserAPIHandler`,
  createUser: `${api}.users.UserAPIHandler`,
  updateUser: `${api}.users.UserAPIHandler`,
  deleteUser: `${api}.users.UserAPIHandler`,
  requestAdminAccess: `${api}.users.UserAdminAccessAPIHandler`,
  listServers: `${api}.servers.ServerListAPIHandler`,
  checkServiceHealth: `${api}.services.ServiceHealthAPIHandler`,
  getAnnouncements: `${api}.hub.AnnouncementsAPIHandler`,
  setAnnouncements: `${api}.hub.AnnouncementsAPIHandler`,
  getServer: `${api}.users.UserServerAPIHandler`,
  createServer: `${api}.users.UserServerAPIHandler`,
  startServer: `${api}.users.UserServerAPIHandler`,
  updateServer: `${api}.users.UserServerAPIHandler`,
  stopServer: `${api}.users.UserServerAPIHandler`,
  getServerProgress: `${api}.users.SpawnProgressAPIHandler`,
  reportActivity: `${api}.users.ActivityAPIHandler`,
  listTokens: `${api}.users.UserTokenListAPIHandler`,
  createToken: `${api}.users.UserTokenListAPIHandler`,
  getToken: `${api}.users.UserTokenAPIHandler`,
  deleteToken: `${api}.users.UserTokenAPIHandler`,
  listGroups: `${api}.groups.GroupListAPIHandler`,
  createGroups: `${api}.groups.GroupListAPIHandler`,
  getGroup: `${api}.groups.GroupAPIHandler`,
  createGroup: `${api}.groups.GroupAPIHandler`,
  deleteGroup: `${api}.groups.GroupAPIHandler`,
  addGroupUsers: `${api}.groups.GroupUsersAPIHandler`,
  removeGroupUsers: `${api}.groups.GroupUsersAPIHandler`,
  setGroupProperties: `${api}.groups.GroupPropertiesAPIHandler`,
  listServices: `${api}.services.ServiceListAPIHandler`,
  getService: `${api}.services.ServiceAPIHandler`,
  createService: `${api}.services.ServiceAPIHandler`,
  deleteService: `${api}.services.ServiceAPIHandler`,
  getProxyRoutes: `${api}.proxy.ProxyAPIHandler`,
  syncProxy: `${api}.proxy.ProxyAPIHandler`,
  updateProxy: `${api}.proxy.ProxyAPIHandler`,
  listSharesOfOwner: `${api}.shares.ServerShareAPIHandler`,
  listSharesOfServer: `${api}.shares.ServerShareAPIHandler`,
  grantShare: `${api}.shares.ServerShareAPIHandler`,
  revokeShare: `${api}.shares.ServerShareAPIHandler`,
  deleteSharesOfServer: `${api}.shares.ServerShareAPIHandler`,
  listSharedWithUser: `${api}.shares.UserShareListAPIHandler`,
  getSharedWithUser: `${api}.shares.UserShareAPIHandler`,
  leaveSharedWithUser: `${api}.shares.UserShareAPIHandler`,
  listSharedWithGroup: `${api}.shares.GroupShareListAPIHandler`,
  getSharedWithGroup: `${api}.shares.GroupShareAPIHandler`,
  leaveSharedWithGroup: `${api}.shares.GroupShareAPIHandler`,
  listShareCodesOfOwner: `${api}.shares.ServerShareCodeAPIHandler`,
  listShareCodesOfServer: `${api}.shares.ServerShareCodeAPIHandler`,
  createShareCode: `${api}.shares.ServerShareCodeAPIHandler`,
  deleteShareCodes: `${api}.shares.ServerShareCodeAPIHandler`,
  identifyToken: `${api}.auth.TokenAPIHandler`,
  createTokenOldWay: `${api}.auth.TokenAPIHandler`,
  identifyCookie: `${api}.auth.CookieAPIHandler`,
  '/api/oauth2/authorize': `${api}.auth.OAuthAuthorizeHandler`,
  '/api/oauth2/token': `${api}.auth.OAuthTokenHandler`,
  '/': `${pages}.pages.RootHandler`,
  '/home': `${pages}.pages.HomeHandler`,
  '/spawn': `${pages}.pages.SpawnHandler`,
  '/spawn-pending/:user': `${pages}.pages.SpawnPendingHandler`,
  '/admin': `${pages}.pages.AdminHandler`,
  '/token': `${pages}.pages.TokenPageHandler`,
  '/accept-share': `${pages}.pages.AcceptShareHandler`,
  '/error/:status': `${pages}.pages.ProxyErrorHandler`,
  '/health': `${pages}.pages.HealthCheckHandler`,
  '/login': `${pages}.login.LoginHandler`,
  '/logout': `${pages}.login.LogoutHandler`,
  '/user/:user': `${pages}.base.UserUrlHandler`,
  '/user-redirect': `${pages}.base.UserRedirectHandler`,
  '/security/csp-report': `${pages}.base.CSPReportHandler`,
  '/metrics': `${pages}.metrics.MetricsHandler`,
}

/** The label of a request. Always one of a few: what anybody may ask for must not make new ones. */
export function handlerName({ by, path, hubPrefix }: Handled): string {
  if (by !== undefined) return names[by] ?? `hub.${by.replace(/^\//, '').replace(/[^\w]+/g, '.')}`
  if (lacksSlash(path, hubPrefix)) return `${pages}.base.AddSlashHandler`
  if (!path.startsWith(hubPrefix)) return `${pages}.base.PrefixRedirectHandler`
  const below = path.slice(hubPrefix.length)
  if (below.startsWith('static/')) return `${pages}.static.CacheControlStaticFilesHandler`
  if (below === 'logo') return `${pages}.static.LogoHandler`
  return below === 'api' || below.startsWith('api/') ? `${api}.base.API404` : `${pages}.base.Template404`
}

/** `/hub`, and what could be somebody's server or a service. */
function lacksSlash(path: string, hubPrefix: string): boolean {
  if (`${path}/` === hubPrefix) return true
  const baseUrl = hubPrefix.replace(/hub\/$/, '')
  return path.startsWith(baseUrl) && /^(?:user|services)\/[^/]+$/.test(path.slice(baseUrl.length))
}
