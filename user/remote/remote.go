// Package remote runs programs of the archive on any core, from a program. It lives as long
// as who runs it waits for it: whose wait ends, or whose core dies, takes it with him.
package remote

import (
	"errors"
	"strings"

	"atoll/arch/layout"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/sys"
)

// ErrArguments says that the arguments do not fit.
var ErrArguments = errors.New("the arguments have 4096 bytes or more, or a zero byte, or there is no name")

// Run runs a program, the first argument, on a core, and returns its status when it has ended,
// or an error as sys.Run does. The arguments pass through a page of an arena, mapped in a
// space meanwhile.
func Run(a *memory.Arena, s *memory.Space, core int, until uint64, args ...string) (status int, err error) {
	text := strings.Join(args, "\x00") + "\x00"
	if len(args) == 0 || args[0] == "" || len(text) > layout.PageSize || strings.Count(text, "\x00") != len(args) {
		return 0, ErrArguments
	}
	frame, err := a.Make(capability.Frame, layout.PageSize)
	if err != nil {
		return 0, err
	}
	va, err := s.Map(frame.Cap, layout.PageSize, capability.Read|capability.Write)
	if err == nil {
		copy(memory.Bytes(va, layout.PageSize), text)
		status, err = sys.Run(frame.Cap, uint64(len(text)), core, until)
		err = errors.Join(err, s.Unmap(va))
	}
	return status, errors.Join(err, a.Drop(frame))
}
