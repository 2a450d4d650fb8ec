import { Router } from 'express';
import type { HttpContext } from './context.ts';

/** OPS-2. Before the origin guard: probes name a host by whatever address they know. */
export function healthRoutes({ runs, providers, ping }: HttpContext): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  router.get('/readyz', async (_request, response) => {
    const database = await ping().then(
      () => 'reachable',
      () => 'unreachable',
    );
    const ready = database === 'reachable' && runs.accepting;
    response.status(ready ? 200 : 503).json({
      status: ready ? 'ready' : 'not ready',
      database,
      draining: !runs.accepting,
      liveRuns: runs.liveCount,
      providers: providers(),
    });
  });
  return router;
}
