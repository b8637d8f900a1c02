package sys

import (
	"atoll/arch/ecall"
	"atoll/kernel/abi"
)

// Export offers a service under a name to programs on all cores, as long as there is the
// endpoint. It waits until a time for the cores to agree on the name.
func Export(name string, endpoint Cap, until uint64) error {
	n, e := abi.NameOf(name)
	if e != abi.OK {
		return e
	}
	return wait(abi.CallExport, &ecall.Registers{n[0], n[1], n[2], uint64(endpoint), ecall.T0: until})
}

// Bind binds the service of a name: empty slots get the binding and the frame that it
// shares with the server. It waits until a time for the server's core, and returns which
// that is.
func Bind(name string, binding, frame Cap, until uint64) (core int, err error) {
	n, e := abi.NameOf(name)
	if e != abi.OK {
		return 0, e
	}
	r := ecall.Registers{n[0], n[1], n[2], uint64(binding), uint64(frame), ecall.T0: until}
	err = wait(abi.CallBind, &r)
	return int(r[1]), err
}

// Accept takes one bind of the service that was exported with an endpoint, and returns the
// client's core. It waits for one until a time.
func Accept(endpoint, binding, frame Cap, until uint64) (core int, err error) {
	r := ecall.Registers{uint64(endpoint), uint64(binding), uint64(frame), ecall.T0: until}
	err = wait(abi.CallAccept, &r)
	return int(r[1]), err
}

// Ring wakes who waits at the other end of a binding.
func Ring(binding Cap) error { return call(abi.CallRing, &ecall.Registers{uint64(binding)}) }

// Await waits until a time for a ring. It fails with ErrPeerDead when the binding has
// ended.
func Await(binding Cap, until uint64) error {
	return wait(abi.CallAwait, &ecall.Registers{uint64(binding), ecall.T0: until})
}
