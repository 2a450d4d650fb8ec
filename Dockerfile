# syntax=docker/dockerfile:1

FROM node:24-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df AS build
WORKDIR /app
# Packages first, so that they stay cached while only sources change.
COPY package.json package-lock.json ./
COPY scripts/install.js scripts/
RUN node scripts/install.js
COPY . .
RUN npm run generate && npm run build
# Optional packages are only peers of @prisma/client that the server never loads: its command line and a compiler, 250 MB.
RUN node scripts/install.js --omit=dev --omit=optional

FROM node:24-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATABASE_URL=file:/app/data/chat.db
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/config ./config
# The server migrates its database when it starts.
COPY --from=build /app/prisma ./prisma
COPY --from=build /app/dist ./dist
RUN mkdir data && chown node:node data
USER node
VOLUME /app/data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Without a shell, so that SIGTERM reaches the server, which handles it also as process 1 and has no children.
# The server drains for server.drain_ms (10 s): run it with a longer --stop-timeout.
CMD ["node", "dist/main.js"]
