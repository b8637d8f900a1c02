module atoll

go 1.26.5

require (
	github.com/hugelgupf/p9 v0.4.1
	github.com/ichiban/prolog v1.2.2
	github.com/u-root/u-root v0.16.0
	github.com/usbarmory/tamago v1.26.6 // tests only
	golang.org/x/sys v0.50.0
	golang.org/x/term v0.48.0
	mvdan.cc/sh/v3 v3.14.1 // user/sh only
)

require (
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/pierrec/lz4/v4 v4.1.22 // indirect
	github.com/u-root/uio v0.0.0-20240224005618-d2acac8f3701 // indirect
	golang.org/x/exp v0.0.0-20250305212735-054e65f0b394 // indirect
)

// What is built may hold Go files of its own.
ignore ./build
