#!/bin/sh
# Asks a question, loses the connection in the middle, and fetches what is missing, with nothing but curl.
#
#   ./curl.sh "Tell me a story"
#   SERVICE=http://127.0.0.1:3000 CUT_AFTER=2 ./curl.sh "Tell me a story"
#   API_KEY=lss_... ./curl.sh "Tell me a story"      # for a service with authentication
set -eu

service=${SERVICE:-http://127.0.0.1:3000}
question=${1:-Tell me a story}
cut_after=${CUT_AFTER:-1} # seconds

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# In a file, because everybody on this machine can read the arguments of a program.
printf '%s\n' "${API_KEY:+Authorization: Bearer $API_KEY}" >"$folder/authorization"

# A question as a JSON string: backslashes, quotes and line ends need to be escaped.
escaped=$(printf %s "$question" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }')

echo "--- the question; the connection is cut after $cut_after s, the run goes on" >&2
# With the key the same request may be sent again: it finds this run, and never begins a second one.
curl --silent --show-error --no-buffer --max-time "$cut_after" \
  --dump-header "$folder/headers" \
  --header @"$folder/authorization" \
  --header 'Content-Type: application/json' \
  --header "Idempotency-Key: $$-$(date +%s)" \
  --data "{\"messages\": [{\"role\": \"user\", \"content\": \"$escaped\"}]}" \
  "$service/api/chat" | tee "$folder/events" || true
# Ends the event that was cut, for whoever reads the output.
printf '\n\n'

run=$(tr -d '\r' <"$folder/headers" | sed -n 's/^[Xx]-[Rr]un-[Ii]d: //p')
if [ -z "$run" ]; then
  echo "no run began; is the service at $service?" >&2
  exit 1
fi

if grep -qE '^data: \{"type":"(complete|stopped|error)"' "$folder/events"; then
  echo "--- it was faster than that" >&2
  exit 0
fi

# Only whole events count: an id whose empty line never came is one that we do not have.
last=$(awk '/^id: / { id = $2 } /^$/ { seen = id } END { print seen }' "$folder/events")

echo "--- what comes after ${last:-the beginning}" >&2
curl --silent --show-error --no-buffer --fail \
  --header @"$folder/authorization" \
  --header "Last-Event-ID: $last" \
  "$service/api/runs/$run/stream"
