import com.example.hooks.ReceiverConfiguration;
import com.example.hooks.SecretReader;
import com.example.hooks.SnapshotController;
import java.io.IOException;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import javax.servlet.Filter;
import javax.servlet.FilterChain;
import javax.servlet.FilterConfig;
import javax.servlet.ServletException;
import javax.servlet.ServletRequest;
import javax.servlet.ServletResponse;
import javax.servlet.http.HttpServletResponse;
import livekey.Verifier;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** The example for Spring, for the story that all languages are put through. Without Spring Boot: on Jetty, by hand. */
public final class SpringServer {
  private static final ThreadLocal<HttpServletResponse> RESPONSE = new ThreadLocal<>();

  /** What is not stored is quarantined, or answered otherwise. */
  private static final class SayTheVerdict implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      RESPONSE.set((HttpServletResponse) response);
      RESPONSE.get().setHeader("X-Live-Key-Verdict", "quarantined");
      chain.doFilter(request, response);
    }

    @Override
    public void init(FilterConfig config) {}

    @Override
    public void destroy() {}
  }

  /** The beans by hand: Debian's build of Spring 4 cannot enhance configuration classes. */
  private static WebApplicationContext beans() throws Exception {
    ReceiverConfiguration configuration = new ReceiverConfiguration();
    Verifier verifier = configuration.verifier(configuration.keysetCache(new SecretReader()), System.getenv("HOST"));
    SnapshotController.Snapshots snapshots =
        snapshot -> RESPONSE.get().setHeader("X-Live-Key-Verdict", "accepted");
    GenericWebApplicationContext context = new GenericWebApplicationContext();
    context.getBeanFactory().registerSingleton("controller", new SnapshotController(verifier, snapshots));
    context.registerBeanDefinition("mapping", new RootBeanDefinition(RequestMappingHandlerMapping.class));
    context.registerBeanDefinition("adapter", new RootBeanDefinition(RequestMappingHandlerAdapter.class));
    return context;
  }

  public static void main(String[] arguments) throws Exception {
    ServletContextHandler handler = new ServletContextHandler();
    handler.addFilter(new FilterHolder(new SayTheVerdict()), "/*", EnumSet.of(DispatcherType.REQUEST));
    handler.addServlet(new ServletHolder(new DispatcherServlet(beans())), "/");
    Server server = new Server(Integer.parseInt(System.getenv("PORT")));
    server.setHandler(handler);
    server.start();
  }
}
