# The image carries dist/: Node strips no types under node_modules, and the sources' tools stay in the first stage.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No package's script is needed at run time, and ssh2 works without its native parts.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Runnerwatch" \
      org.opencontainers.image.description="Watches, alerts on and heals self-hosted GitHub Actions runners." \
      org.opencontainers.image.source="https://github.com/runnerwatch/runnerwatch" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# ping and fping without setuid bit and capability: they use ICMP sockets, which the sysctl net.ipv4.ping_group_range
# allows. A file capability that the container does not have would make the kernel refuse to start it at all.
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends iputils-ping fping \
 && rm -rf /var/lib/apt/lists/* \
 && install -m 755 "$(command -v ping)" "$(command -v fping)" /usr/local/bin/ \
 && ln -s /app/dist/cli.js /usr/local/bin/runnerwatch
# A user of its own, whom no host has. Nobody maps a container's numbers, so that a user 1000 in here would open the private
# files of the host's user 1000, which is mostly its operator, under /host/root. 65520 to 65533 are handed out by nobody: people
# have up to 60000, systemd's services 61184 to 65519, Debian keeps the rest of 16 bits back, and 65532 is taken by other images.
# A user namespace still maps it. compose/runner/prepare-volumes.sh knows the number too.
RUN groupadd --gid 65521 runnerwatch \
 && useradd --uid 65521 --gid 65521 --no-log-init --no-create-home --home-dir /var/lib/runnerwatch --shell /usr/sbin/nologin runnerwatch \
 && install -d -o runnerwatch -g runnerwatch /var/lib/runnerwatch
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY prometheus ./prometheus
ENV NODE_ENV=production \
    RUNNERWATCH_LISTEN=0.0.0.0:9478 \
    RUNNERWATCH_DATA_DIR=/var/lib/runnerwatch
# As a number: Kubernetes believes no name that this is not root.
USER 65521:65521
EXPOSE 9478
VOLUME ["/var/lib/runnerwatch"]
# Its own command knows the port; an image that ships curl for this ships curl to an intruder too.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["runnerwatch", "healthcheck"]
# A small nursery: each scrape's objects die at once, and a large one only makes the process a third bigger.
ENTRYPOINT ["node", "--max-semi-space-size=2", "/app/dist/cli.js"]
CMD ["start"]
