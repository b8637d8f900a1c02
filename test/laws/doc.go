// Package laws tests the laws of docs/laws.md that can be read off the source.
package laws
