package sys

import (
	"runtime"
	"unsafe"

	"atoll/arch/ecall"
	"atoll/kernel/abi"
)

// Export offers a service under a name to programs on all cores. Who binds it is told to
// the endpoint, by a message that Accept takes up.
func Export(name string, endpoint Cap) error {
	return named(name, func(at, size uint64) error {
		return call(abi.CallExport, &ecall.Registers{at, size, uint64(endpoint)})
	})
}

// Bind binds the service of a name: empty slots get the binding and the frame that it
// shares with the server. It waits until a time for the server's core.
func Bind(name string, binding, frame Cap, until uint64) error {
	return named(name, func(at, size uint64) error {
		return wait(abi.CallBind, &ecall.Registers{at, size, uint64(binding), uint64(frame), ecall.T0: until})
	})
}

// Accept takes one bind of the service whose export names this endpoint.
func Accept(endpoint, binding, frame Cap) error {
	return wait(abi.CallAccept, &ecall.Registers{uint64(endpoint), 0, uint64(binding), uint64(frame)})
}

// Ring wakes who waits at the other end of a binding.
func Ring(binding Cap) error { return call(abi.CallRing, &ecall.Registers{uint64(binding)}) }

// Await waits until a time for a ring. It fails with ErrPeerDead when the other end is
// gone.
func Await(binding Cap, until uint64) error {
	return wait(abi.CallAwait, &ecall.Registers{uint64(binding), ecall.T0: until})
}

// named calls f with where the bytes of a name stand. The name is copied to where the
// runtime does not move it: a string may lie on a stack.
func named(name string, f func(at, size uint64) error) error {
	if name == "" || len(name) > abi.MaxName {
		return abi.ErrName
	}
	b := []byte(name)
	var pin runtime.Pinner
	pin.Pin(&b[0])
	defer pin.Unpin()
	return f(uint64(uintptr(unsafe.Pointer(&b[0]))), uint64(len(b)))
}
