#!/usr/bin/env bash
# Installs the Node parts of the connectors and of their tests: every folder with a package-lock.json, or those named.
# A folder whose packages are those of its lock file is left as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null; then
  echo "npm is not there. Install Node 20 or newer, which brings it, and try again." >&2
  exit 1
fi

folders=("$@")
if [ ${#folders[@]} -eq 0 ]; then
  while IFS= read -r lock; do folders+=("$(dirname "$lock")"); done \
    < <(find connectors tests -name node_modules -prune -o -name package-lock.json -print | sort)
fi

count=0
for folder in "${folders[@]}"; do
  count=$((count + 1))
  if cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
    continue
  fi
  echo "Installing the packages of $folder ($count of ${#folders[@]})"
  npm ci --loglevel=error --no-audit --no-fund --ignore-scripts --prefix "$folder"
  cp "$folder/package-lock.json" "$folder/node_modules/.installed"
done
