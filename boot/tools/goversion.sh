#!/bin/sh
# Checks that the Go toolchain is there and of the version the kernel is built with.

if ! command -v go >/dev/null 2>&1; then
	echo "Atoll is built with Go 1.26, and there is no go command in PATH; see https://go.dev/dl" >&2
	exit 1
fi
version=$(go version) || exit 1
case $version in
"go version go1.26."*) ;;
*)
	echo "Atoll is built with Go 1.26, but this is: $version" >&2
	exit 1
	;;
esac
