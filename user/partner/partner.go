// Package partner has a program run on another core, too, with a channel between the two: the
// same file with other arguments, the last of which is the channel's name.
package partner

import (
	"errors"
	"fmt"
	"os"
	"time"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/binding"
	"atoll/user/memory"
	"atoll/user/remote"
	"atoll/user/sys"
)

// Partner is the program on another core, and this end of the channel.
type Partner struct {
	*binding.Binding
	Core int

	patience time.Duration
	ended    chan error
}

// Start runs a program, the first argument, on a core, and returns when it has called Join. It
// fails if that takes longer than patience, or the program ends before, or the core dies.
func Start(s *memory.Space, core int, patience time.Duration, args ...string) (*Partner, error) {
	p := &Partner{Core: core, patience: patience, ended: make(chan error, 1)}
	name := fmt.Sprintf("%s-%s.%d-%d", args[0], os.Getenv("ATOLL_CORE"), os.Getpid(), core)
	go func() {
		status, err := remote.Run(memory.Own(), s, core, abi.Forever, append(args, name)...)
		if err == nil && status != 0 {
			err = fmt.Errorf("its status is %d", status)
		}
		p.ended <- err
	}()
	joined := make(chan error, 1)
	go func() {
		b, err := binding.Offer(s, name, patience)
		if err == nil {
			p.Binding, err = b, b.Await(sys.After(patience)) // nothing can be passed before it has bound
		}
		joined <- err
	}()
	var err error
	select {
	case err = <-joined:
	case err = <-p.ended:
		if err == nil {
			err = errors.New("it has ended")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("core %d: %w", core, err)
	}
	return p, nil
}

// Join is the other side of Start: it returns that end of the channel.
func Join(s *memory.Space, name string, patience time.Duration) (*binding.Binding, error) {
	b, err := binding.Bind(s, name, patience)
	if err != nil {
		return nil, err
	}
	return b, b.Ring()
}

// Pass gives the partner a copy of a capability, and returns when it has rung.
func (p *Partner) Pass(c sys.Cap) error {
	err := p.Binding.Pass(c, capability.AllRights, p.patience)
	if err == nil {
		err = p.Await(sys.After(p.patience))
	}
	if err != nil {
		return fmt.Errorf("core %d does not get a copy: %w", p.Core, err)
	}
	return nil
}

// Close ends the channel, and waits until the partner has ended, of which its own part is to see
// that the channel has.
func (p *Partner) Close() error {
	err := errors.Join(p.Binding.Close(), <-p.ended)
	if err != nil {
		return fmt.Errorf("core %d: %w", p.Core, err)
	}
	return nil
}
