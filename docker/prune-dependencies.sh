#!/bin/sh
# Takes out of node_modules what the running service never reads. Licences stay.
set -eu

# Types, TypeScript sources, and the source maps that lead to them.
rm -rf node_modules/@types
find node_modules -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' \) -delete
find node_modules -type d -empty -delete
