import type ShareDB from 'sharedb';
import type { Collections } from '../collections.ts';
import { toViewer, ViewerError } from '../errors.ts';
import type { Component } from '../json0.ts';
import type { ViewerOpPipeline } from './viewer-op-pipeline.ts';

type Submit = ShareDB.middleware.SubmitContext;

/**
 * Registers with ShareDB what happens to ops: those of viewers go through the pipeline, those of this process do not.
 */
export function registerOpRules(
  sharedb: ShareDB,
  collections: Collections,
  pipeline: ViewerOpPipeline,
): void {
  const isViewersOp = ({ agent, collection, op }: Submit) =>
    !agent.stream.isServer && 'op' in op && collections.isWritable(collection);

  sharedb.use('submit', (context, next) => {
    if (isViewersOp(context)) return later(pipeline.submit(context), next);
    // The guard of viewers' messages refuses these already. This does not depend on how messages are parsed.
    const refused = !context.agent.stream.isServer && !collections.isWritable(context.collection);
    next(refused ? new ViewerError('read_only', 'Viewers may read.') : undefined);
  });
  sharedb.on('submitRequestEnd', (_error, request) => pipeline.release(request));

  sharedb.use('apply', (context, next) => {
    const { snapshot, op } = context;
    const collection = collections.find(context.collection);
    if (!collection) return next();
    if (isViewersOp(context)) return later(pipeline.apply(context, collection), next);
    if (collection.serverOps && snapshot?.type && 'op' in op) {
      const fixup = collection.serverOps.fixup(op.op as Component[], snapshot.data);
      if (fixup.length > 0) context.$fixup(fixup);
    }
    next();
  });

  sharedb.use('commit', (context, next) => {
    const { snapshot, op } = context;
    const collection = collections.find(context.collection);
    const isViewers = isViewersOp(context);
    next(
      thrownBy(() => {
        if (isViewers && collection?.viewerOps) pipeline.commit(context, collection.viewerOps);
        else if ('op' in op) collection?.serverOps?.check(op.op as Component[], snapshot?.data, op.src ?? '');
      }),
    );
  });

  sharedb.use('afterWrite', ({ collection, id, snapshot }, next) => {
    if (snapshot?.type) collections.find(collection)?.stored?.(id, snapshot.data);
    next();
  });
}

/**
 * Calls `next` when work is done, from a stack of its own: what `next` throws must not become an unhandled rejection.
 */
function later(work: Promise<void>, next: (error?: unknown) => void): void {
  work.then(
    () => process.nextTick(next),
    (error: unknown) => process.nextTick(next, toViewer(error)),
  );
}

/** What a check throws, as ShareDB's callbacks want it. */
function thrownBy(check: () => void): unknown {
  try {
    check();
    return undefined;
  } catch (error) {
    return error;
  }
}
