package affinity

// sysGetcpu is the number of getcpu(2), which package syscall has not for this machine.
const sysGetcpu = 309
