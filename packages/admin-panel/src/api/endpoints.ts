import type * as api from '@hub/api'

/** Where an endpoint of the hub's REST API is; its type is that of the contract in `@hub/api`. */
export interface EndpointAddress<E extends api.Endpoint> {
  readonly method: api.HttpMethod
  readonly path: E['path']
  /** Only for the compiler: what the contract says of query, body and replies. */
  readonly contract?: E
}

const at = <E extends api.Endpoint>(method: api.HttpMethod, path: E['path']): EndpointAddress<E> => ({ method, path })

// The contracts themselves, with their validators, stay out of the browser; a test compares this list with them.
export const endpoints = {
  whoami: at<typeof api.whoami>('GET', '/user'),
  getInfo: at<typeof api.getInfo>('GET', '/info'),
  shutdownHub: at<typeof api.shutdownHub>('POST', '/shutdown'),
  listUsers: at<typeof api.listUsers>('GET', '/users'),
  createUsers: at<typeof api.createUsers>('POST', '/users'),
  getUser: at<typeof api.getUser>('GET', '/users/:user'),
  updateUser: at<typeof api.updateUser>('PATCH', '/users/:user'),
  deleteUser: at<typeof api.deleteUser>('DELETE', '/users/:user'),
  startServer: at<typeof api.startServer>('POST', '/users/:user/servers/:server'),
  stopServer: at<typeof api.stopServer>('DELETE', '/users/:user/servers/:server'),
  listServers: at<typeof api.listServers>('GET', '/servers'),
  listGroups: at<typeof api.listGroups>('GET', '/groups'),
  getGroup: at<typeof api.getGroup>('GET', '/groups/:group'),
  createGroup: at<typeof api.createGroup>('POST', '/groups/:group'),
  deleteGroup: at<typeof api.deleteGroup>('DELETE', '/groups/:group'),
  addGroupUsers: at<typeof api.addGroupUsers>('POST', '/groups/:group/users'),
  removeGroupUsers: at<typeof api.removeGroupUsers>('DELETE', '/groups/:group/users'),
  setGroupProperties: at<typeof api.setGroupProperties>('PUT', '/groups/:group/properties'),
  listServices: at<typeof api.listServices>('GET', '/services'),
  createService: at<typeof api.createService>('POST', '/services/:service'),
  deleteService: at<typeof api.deleteService>('DELETE', '/services/:service'),
  checkServiceHealth: at<typeof api.checkServiceHealth>('GET', '/services/:service/health'),
  getProxyRoutes: at<typeof api.getProxyRoutes>('GET', '/proxy'),
  syncProxy: at<typeof api.syncProxy>('POST', '/proxy'),
  getAnnouncements: at<typeof api.getAnnouncements>('GET', '/announcements'),
  setAnnouncements: at<typeof api.setAnnouncements>('PUT', '/announcements'),
}
