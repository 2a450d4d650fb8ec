import type ShareDB from 'sharedb';

/** ShareDB's side of one connection: a viewer's, or one of this process. */
export type Agent = ShareDB.middleware.ReceiveContext['agent'];
