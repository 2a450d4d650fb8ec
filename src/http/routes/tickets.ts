import { z } from 'zod';
import { ticketIn } from '../../auth/tickets/ticket-text.ts';
import { InvalidRequestError } from '../../errors.ts';
import type { RouteContext } from '../context.ts';
import { optionalJsonBody } from '../routing/body.ts';
import { jsonReply } from '../routing/documentation.ts';
import { sendJson } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { ticketSchema } from '../schemas/tickets.ts';

const ticketRequestSchema = z.strictObject({
  share: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'The token of a share, which is then the credential.' }),
});

/** Tickets, for clients that cannot send headers (AUTH-8). */
export function ticketRoutes({ gate, shareHolders, tickets }: RouteContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/tickets',
      // Every valid credential is enough, whatever its scopes, also one in the body: the handler asks for it.
      needs: 'public',
      body: optionalJsonBody('TicketRequest', ticketRequestSchema),
      bodyBytes: 2048,
      // A ticket would otherwise last as long as what it was issued for.
      guard: (request) => {
        if (ticketIn(request) !== null)
          throw InvalidRequestError.field('ticket', 'cannot get another ticket');
      },
      doc: {
        tag: 'Tickets',
        summary: 'Get a ticket, for one request that cannot have headers',
        description:
          'EventSource, WebSockets and links to downloads: `?ticket=…` in the query of any request stands for the credential of this one, or for `share`. It can be used once, within 60 s. Without authentication tickets are not needed, but may be used all the same.',
        replies: { 201: jsonReply('A ticket', 'Ticket', ticketSchema) },
        examples: [{ name: 'a ticket', status: 201, body: {} }],
      },
      handle: async (call) => {
        const { request, body } = call;
        const { share } = body;
        const principal = await (share === undefined
          ? gate.identify(request)
          : shareHolders.identify(request, share));
        const access = principal.share?.access;
        sendJson(call, { ...tickets.issue(principal), ...(access ? { access } : {}) }, 201);
      },
    }),
  ];
}
