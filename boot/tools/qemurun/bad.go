package qemurun

import "fmt"

// Bad is the error of a machine that there cannot be: whoever describes it is to change it.
type Bad string

func (b Bad) Error() string { return string(b) }

// bad makes one.
func bad(format string, args ...any) error { return Bad(fmt.Sprintf(format, args...)) }
