# syntax=docker/dockerfile:1

FROM node:22-slim AS build
# better-sqlite3 is compiled where there is no prebuilt binary for the platform.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
# Packages first: they stay in the cache while only sources change.
COPY package.json package-lock.json ./
# The locked versions, with the binaries of this platform; the Makefile says why it is not `npm ci`.
RUN npm install --no-save --loglevel=error
COPY . .
RUN npm run generate && npm run build
# Optional are only peers of @prisma/client that the server never loads: its command line and a compiler, 250 MB.
RUN npm prune --omit=dev --omit=optional

FROM node:22-slim
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
# Without a shell between, so that SIGTERM reaches the server, which handles it even as process 1 and has no children.
# It drains for server.drain_ms (10 s): give `docker run` a --stop-timeout beyond that.
CMD ["node", "dist/main.js"]
