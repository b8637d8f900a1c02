package monitor

import (
	"errors"
	"math"
	"reflect"
)

// A value that crosses harts is a struct of numbers, or a slice of such; its
// words are its fields in order of declaration. One declaration serves both ends.

var errShape = errors.New("an answer does not have the shape of what was asked for")

// encode appends the words of a struct of numbers.
func encode(words []uint64, v any) []uint64 {
	r := reflect.ValueOf(v)
	for i := range r.NumField() {
		switch f := r.Field(i); f.Kind() {
		case reflect.Struct:
			words = encode(words, f.Interface())
		case reflect.Float64:
			words = append(words, math.Float64bits(f.Float()))
		case reflect.Int, reflect.Int64:
			words = append(words, uint64(f.Int()))
		default:
			words = append(words, f.Uint())
		}
	}
	return words
}

// decode fills the struct that v points to and returns the words behind it.
func decode(words []uint64, v any) ([]uint64, error) {
	return decodeValue(words, reflect.ValueOf(v).Elem())
}

func decodeValue(words []uint64, r reflect.Value) ([]uint64, error) {
	for i := range r.NumField() {
		f := r.Field(i)
		if f.Kind() == reflect.Struct {
			var err error
			if words, err = decodeValue(words, f); err != nil {
				return nil, err
			}
			continue
		}
		if len(words) == 0 {
			return nil, errShape
		}
		switch w := words[0]; f.Kind() {
		case reflect.Float64:
			f.SetFloat(math.Float64frombits(w))
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(w))
		default:
			f.SetUint(w)
		}
		words = words[1:]
	}
	return words, nil
}
