"""The error tree: everything a person can cause is a leaf of `ResNetLabError`.

A message is one sentence or two: what came, what is allowed, what to do.  It never holds an
exception's class name, and pages show it as it stands.

    ResNetLabError
    ├── ConfigError            a setting that cannot be
    │   └── UnknownNetError    a net's name that is not in the registry
    ├── DataError              a data set that cannot be used
    │   ├── DataMissingError   not there, or only half of it
    │   ├── OfflineError       a download that found no network
    │   ├── PictureError       one picture that is refused
    │   └── ArchiveError       a zip or parquet file that is refused
    ├── CheckpointError        weights that are missing, damaged or do not fit
    ├── RunError               a run that cannot do what was asked
    │   ├── RunNotFoundError   no such run folder
    │   ├── RunBusyError       the run, or an identical one, is already going
    │   └── RunDamagedError    a run whose folder is not as the lab left it
    ├── DeviceError            a device that is not there
    │   ├── OutOfMemoryError   a device whose memory is too small for the request
    │   └── ProcessError       a process of the lab's own that did not start, or died
    ├── StorageError           a folder that cannot be written
    │   ├── DiskFullError      no space left; it may come back
    │   └── DamagedFileError   a file of the lab's own that is not what it wrote
    ├── ProbeError             a measurement that this net or layer cannot serve
    └── CancelledError         the person asked to stop
"""


class ResNetLabError(Exception):
    """Base of every error that a person can cause and mend."""


class ConfigError(ResNetLabError):
    """A setting that cannot be; the message names what is allowed."""


class UnknownNetError(ConfigError):
    """A net's name that the registry does not hold."""


class DataError(ResNetLabError):
    """A data set that cannot be used as it is."""


class DataMissingError(DataError):
    """A data set that is not there, or only half of it."""


class OfflineError(DataError):
    """A download that found no network."""


class PictureError(DataError):
    """One picture that is refused."""


class ArchiveError(DataError):
    """A zip or parquet file that is refused."""


class CheckpointError(ResNetLabError):
    """Weights that are missing, damaged, or do not fit the net."""


class RunError(ResNetLabError):
    """A run that cannot do what was asked of it."""


class RunNotFoundError(RunError):
    """No run folder of that name."""


class RunBusyError(RunError):
    """The run, or one with the same configuration, is already going."""

    def __init__(self, message: str, run_id: str) -> None:
        super().__init__(message)
        self.run_id = run_id


class RunDamagedError(RunError):
    """A run whose folder is not as the lab left it; it can be deleted, and nothing else."""


class DeviceError(ResNetLabError):
    """A device that this machine does not have."""


class OutOfMemoryError(DeviceError):
    """A device whose memory is too small for what was asked."""


class ProcessError(DeviceError):
    """A process of the lab's own that did not start, or ended before it had answered."""


class StorageError(ResNetLabError):
    """A disk that is full, or a folder that cannot be written."""


class DiskFullError(StorageError):
    """No space left on the disk; the same call may succeed once there is some."""


class DamagedFileError(StorageError):
    """A file of the lab's own that is not what the lab wrote there."""


class ProbeError(ResNetLabError):
    """A measurement that this net, layer or run cannot serve."""


class CancelledError(ResNetLabError):
    """The person asked to stop."""
