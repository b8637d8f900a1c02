package plan

import (
	"testing"

	"atoll/drivers/reg/regtest"
	"atoll/drivers/uart"
)

// Each UART that the plan hands out has a driver, which takes the register layout that
// the plan assumes where the tree tells none.
// Sabotage: remove "litex,liteuart" from the driver's table of chips.
func TestEveryUARTHasADriver(t *testing.T) {
	for _, u := range uarts {
		c := uart.Config{Compatible: u.name, Shift: u.shift, Width: u.width}
		if _, err := uart.New(regtest.New(regtest.Memory{}), c); err != nil {
			t.Error(err)
		}
	}
}
