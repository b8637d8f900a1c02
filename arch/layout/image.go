package layout

// Scratch is how many bytes behind the image the boot protocol reserves for the
// planner: the image header's image_size covers them, so a boot loader puts
// neither the device tree nor the initrd there.
const Scratch = 16 << 20
