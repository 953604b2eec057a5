"""JupyterHub serves the course: a part of its configuration, for one server.

On The Littlest JupyterHub, copy this file to /opt/tljh/config/jupyterhub_config.d/. A hub of your
own loads it with `load_subconfig`. The page teaching/server.md goes step by step, and has the same
for Kubernetes. Variables of the hub's environment change what is said here:

    GAN_COURSE         the folder of the course                       /srv/gan-course
    GAN_COURSE_PYTHON  the Python that the course is installed for    /opt/tljh/user/bin/python
    GAN_COURSE_DATA    the folder with MNIST, that nobody can change  /srv/data
    GAN_COURSE_MEMORY  what a learner may use of it                   2G
    GAN_COURSE_CORES   and of these                                   1
"""

import os

c = get_config()  # noqa: F821  # JupyterHub defines it

course = os.environ.get("GAN_COURSE", "/srv/gan-course")
cores = float(os.environ.get("GAN_COURSE_CORES", "1"))

c.Spawner.cmd = [
    os.environ.get("GAN_COURSE_PYTHON", "/opt/tljh/user/bin/python"),
    f"{course}/classroom/begin.py",
]
c.Spawner.default_url = "/lab/tree/gan-course/notebooks/00_start_here.ipynb"
c.Spawner.environment = {
    "GAN_LIB_DATA": os.environ.get("GAN_COURSE_DATA", "/srv/data"),
    "JUPYTER_CONFIG_PATH": f"{course}/classroom",  # nbgrader's exchange
    # A training that spins on all cores would slow down everybody else's.
    "OMP_NUM_THREADS": str(max(1, round(cores))),
    "OPENBLAS_NUM_THREADS": "1",
}
# Held by spawners that can: systemd's, which TLJH has, and Docker's. gan_lib respects both.
c.Spawner.mem_limit = os.environ.get("GAN_COURSE_MEMORY", "2G")
c.Spawner.cpu_limit = cores
c.Spawner.start_timeout = c.Spawner.http_timeout = 120  # seconds: a class begins all at once
