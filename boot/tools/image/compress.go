package main

import (
	"bytes"
	"compress/gzip"
)

// compress returns the image as gzip writes it, for boot loaders that read from slow
// cards. The header has neither time nor name, so that equal images stay equal.
func compress(img []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(img); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
