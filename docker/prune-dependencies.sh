#!/bin/sh
# Takes out of node_modules what the running service never reads. Licences stay.
set -eu

# Of Swagger UI's five builds, the pages use one script and one style sheet.
find node_modules/swagger-ui-dist -type f \
  ! -name swagger-ui-bundle.js ! -name swagger-ui-bundle.js.LICENSE.txt ! -name swagger-ui.css \
  ! -name package.json ! -name LICENSE ! -name NOTICE -delete

# Types, TypeScript sources, and the source maps that lead to them.
rm -rf node_modules/@types
find node_modules -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' \) -delete
find node_modules -type d -empty -delete
